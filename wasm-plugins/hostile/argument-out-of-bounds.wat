;; expect: fault bad-abi
;; Asks for a trait whose name lies behind the end of memory.
(module
  (import "vitrine:rules/customer@1.0.0" "trait-text" (func $trait (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (call $trait (i32.const 65530) (i32.const 32) (i32.const 64))
    (i32.const 0))
)
