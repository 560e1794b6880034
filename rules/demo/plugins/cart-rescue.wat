;; Cart rescue, written by hand: finds customers who put something into the cart within the last six
;; hours and have not ordered since.
;;
;; Eligible when all of this holds:
;;   - the cart is worth 2,000 minor units (20.00 EUR) or more;
;;   - the cart was last changed no more than six hours (21,600,000 ms) before this page view;
;;   - the latest order, if there is one, is older than that change. (An order empties the cart, but it
;;     may reach the server after events that the browser sent later.)
;;
;; Memory, one page:
;;    0  option<offer>: none, all zero
;;   32  option<s64> that the host writes: 1 byte whether there is one, the value 8 bytes further
;;   64  option<offer>: some, with the reason at 96, no discount of its own, no values
;;   96  the reason, 65 bytes
(module
  (import "vitrine:rules/customer@1.0.0" "cart-value" (func $cart-value (result i64)))
  (import "vitrine:rules/customer@1.0.0" "cart-changed-at" (func $cart-changed-at (param i32)))
  (import "vitrine:rules/customer@1.0.0" "last-order-at" (func $last-order-at (param i32)))
  (import "vitrine:rules/view@1.0.0" "now" (func $now (result i64)))

  (memory (export "memory") 1 1)
  (data (i32.const 64)
    "\01\00\00\00" "\60\00\00\00" "\41\00\00\00"   ;; some; address and length of the reason
    "\00\00\00\00" "\00\00\00\00" "\00\00\00\00")  ;; no discount; address and number of values
  (data (i32.const 96) "active in the last six hours, something in the cart, no order yet")

  ;; The host never gives this plugin a text, so it never allocates.
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    unreachable)

  (func (export "decide") (result i32)
    (local $changed-at i64)

    (if (i64.lt_s (call $cart-value) (i64.const 2000))
      (then (return (i32.const 0))))

    (call $cart-changed-at (i32.const 32))
    (if (i32.eqz (i32.load8_u (i32.const 32)))
      (then (return (i32.const 0))))
    (local.set $changed-at (i64.load (i32.const 40)))

    (if (i64.gt_s (i64.sub (call $now) (local.get $changed-at)) (i64.const 21600000))
      (then (return (i32.const 0))))

    (call $last-order-at (i32.const 32))
    (if (i32.load8_u (i32.const 32))
      (then
        (if (i64.ge_s (i64.load (i32.const 40)) (local.get $changed-at))
          (then (return (i32.const 0))))))

    (i32.const 64))
)
