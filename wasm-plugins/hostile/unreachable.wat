;; expect: fault trap
;; Gives up at once, as a panic of a Rust guest does.
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (unreachable))
)
