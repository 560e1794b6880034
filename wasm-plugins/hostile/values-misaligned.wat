;; expect: fault bad-abi
;; Keeps its values at an address that is no multiple of 4.
(module
  (memory (export "memory") 1)
  (data (i32.const 64) "\01\00\00\00" "\00\00\00\00" "\00\00\00\00" "\00\00\00\00"
    "\82\00\00\00" "\01\00\00\00")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (i32.const 64))
)
