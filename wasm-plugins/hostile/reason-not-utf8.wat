;; expect: fault bad-utf8
;; Gives a reason that is not UTF-8: a surrogate, as UTF-16 has them.
(module
  (memory (export "memory") 1)
  (data (i32.const 64) "\01\00\00\00" "\80\00\00\00" "\03\00\00\00")
  (data (i32.const 128) "\ed\a0\80")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (i32.const 64))
)
