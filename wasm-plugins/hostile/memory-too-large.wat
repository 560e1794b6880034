;; expect: reject memory-too-large
;; Begins with 257 pages, one more than allowed.
(module
  (memory (export "memory") 257)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (i32.const 0))
)
