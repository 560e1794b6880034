;; expect: fault trap
;; Divides by zero.
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (i32.div_s (i32.const 1) (i32.const 0)))
)
