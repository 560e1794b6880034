;; expect: reject missing-export
;; Keeps its memory to itself.
(module
  (memory 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (i32.const 0))
)
