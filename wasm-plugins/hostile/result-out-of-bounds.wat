;; expect: fault bad-abi
;; Wants a time written across the end of memory.
(module
  (import "vitrine:rules/customer@1.0.0" "cart-changed-at" (func $changed (param i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (call $changed (i32.const 65528))
    (i32.const 0))
)
