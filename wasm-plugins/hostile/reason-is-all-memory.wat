;; expect: fault bad-offer
;; Gives the whole of 16 MiB as the reason: refused by its length, without being read.
(module
  (memory (export "memory") 1)
  (data (i32.const 64) "\01\00\00\00" "\00\00\00\00" "\00\00\00\01")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (drop (memory.grow (i32.const 255)))
    (i32.const 64))
)
