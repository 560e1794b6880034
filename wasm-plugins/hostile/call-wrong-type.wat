;; expect: fault trap
;; Calls a function through the table as if it were of another type.
(module
  (memory (export "memory") 1)
  (type $takes-none (func (result i32)))
  (table 1 1 funcref)
  (elem (i32.const 0) $takes-one)
  (func $takes-one (param i64) (result i64) (local.get 0))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (call_indirect (type $takes-none) (i32.const 0)))
)
