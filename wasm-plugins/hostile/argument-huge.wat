;; expect: fault bad-abi
;; Has the host look for a name of 16 MiB.
(module
  (import "vitrine:rules/customer@1.0.0" "trait-text" (func $trait (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (drop (memory.grow (i32.const 255)))
    (call $trait (i32.const 0) (i32.const 16777216) (i32.const 64))
    (i32.const 0))
)
