;; expect: fault bad-abi
;; Says that its answer lies where address and length no longer fit 32 bits.
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (i32.const -4))
)
