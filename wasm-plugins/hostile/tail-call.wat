;; expect: reject invalid
;; Calls itself without using the stack.
(module
  (memory (export "memory") 1)
  (func $round (result i32) (return_call $round))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (call $round))
)
