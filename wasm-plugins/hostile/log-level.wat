;; expect: fault bad-abi
;; Writes to the log at a level that there is not.
(module
  (import "vitrine:rules/log@1.0.0" "write" (func $write (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (call $write (i32.const 4) (i32.const 0) (i32.const 0))
    (i32.const 0))
)
