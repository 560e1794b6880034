;; expect: reject invalid
;; Uses vector instructions.
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (i32x4.extract_lane 0 (v128.const i32x4 1 2 3 4)))
)
