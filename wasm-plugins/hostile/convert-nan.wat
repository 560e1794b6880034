;; expect: fault trap
;; Makes an integer of what is not a number.
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (i32.trunc_f64_s (f64.div (f64.const 0) (f64.const 0))))
)
