;; expect: reject too-many
;; Has a second memory.
(module
  (memory (export "memory") 1)
  (memory 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (i32.const 0))
)
