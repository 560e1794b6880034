;; expect: fault stack-overflow
;; Calls itself for ever, through the table.
(module
  (memory (export "memory") 1)
  (type $self (func (param i32) (result i32)))
  (table 1 1 funcref)
  (elem (i32.const 0) $down)
  (func $down (type $self)
    (i32.add (call_indirect (type $self) (local.get 0) (i32.const 0)) (i32.const 1)))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (call $down (i32.const 0)))
)
