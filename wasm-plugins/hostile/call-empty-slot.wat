;; expect: fault trap
;; Calls an entry of the table in which there is no function.
(module
  (memory (export "memory") 1)
  (type $takes-none (func (result i32)))
  (table 4 4 funcref)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (call_indirect (type $takes-none) (i32.const 3)))
)
