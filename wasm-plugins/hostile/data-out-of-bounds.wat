;; expect: reject segment-out-of-bounds
;; Fills memory that it does not have.
(module
  (memory (export "memory") 1)
  (data (i32.const 65535) "ab")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (i32.const 0))
)
