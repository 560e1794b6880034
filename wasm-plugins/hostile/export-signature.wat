;; expect: reject export-signature
;; Answers in 64 bits.
(module
  (memory (export "memory") 1)
  (func (export "decide") (result i64) (i64.const 0))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
)
