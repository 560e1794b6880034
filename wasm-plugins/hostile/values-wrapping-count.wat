;; expect: fault bad-abi
;; Claims so many values that their length in bytes is small again in 32 bits.
(module
  (memory (export "memory") 1)
  (data (i32.const 64) "\01\00\00\00" "\00\00\00\00" "\00\00\00\00" "\00\00\00\00"
    "\80\00\00\00" "\01\00\00\10")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (i32.const 64))
)
