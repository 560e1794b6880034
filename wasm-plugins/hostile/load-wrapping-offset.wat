;; expect: fault trap
;; Reads at an address that would be small again if 32 bits were all there is.
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (i32.load offset=4294967295 (i32.const -1)))
)
