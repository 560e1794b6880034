;; expect: fault out-of-fuel
;; Gives a good answer, and then never lets go of it.
(module
  (memory (export "memory") 1)
  (func (export "cabi_post_decide") (param i32)
    (loop $again (br $again)))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (i32.const 0))
)
