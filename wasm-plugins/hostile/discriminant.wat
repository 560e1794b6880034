;; expect: fault bad-abi
;; Answers neither none nor some.
(module
  (memory (export "memory") 1)
  (data (i32.const 64) "\02")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (i32.const 64))
)
