;; expect: fault bad-utf8
;; Asks for a trait whose name is not UTF-8.
(module
  (import "vitrine:rules/customer@1.0.0" "trait-text" (func $trait (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 128) "\ff\fe")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (call $trait (i32.const 128) (i32.const 2) (i32.const 64))
    (i32.const 0))
)
