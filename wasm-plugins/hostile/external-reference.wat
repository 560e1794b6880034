;; expect: reject invalid
;; Holds references to things of the host.
(module
  (memory (export "memory") 1)
  (func $hold (param externref))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (i32.const 0))
)
