;; expect: fault bad-offer
;; Offers 101 percent off.
(module
  (memory (export "memory") 1)
  (data (i32.const 64) "\01\00\00\00" "\00\00\00\00" "\00\00\00\00" "\01\65\00\00")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (i32.const 64))
)
