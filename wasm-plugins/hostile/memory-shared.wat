;; expect: reject invalid
;; Shares its memory among threads.
(module
  (memory (export "memory") 1 1 shared)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (i32.const 0))
)
