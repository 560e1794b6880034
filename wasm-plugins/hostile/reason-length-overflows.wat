;; expect: fault bad-abi
;; Gives a reason whose address and length together wrap around.
(module
  (memory (export "memory") 1)
  (data (i32.const 64) "\01\00\00\00" "\40\00\00\00" "\ff\ff\ff\ff")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (i32.const 64))
)
