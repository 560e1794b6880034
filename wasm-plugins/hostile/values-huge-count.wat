;; expect: fault bad-abi
;; Claims four thousand million values.
(module
  (memory (export "memory") 1)
  (data (i32.const 64) "\01\00\00\00" "\00\00\00\00" "\00\00\00\00" "\00\00\00\00"
    "\80\00\00\00" "\ff\ff\ff\ff")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (i32.const 64))
)
