;; expect: fault out-of-fuel
;; Never comes back. Fuel ends it at the same instruction on every machine.
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (loop $again (br $again))
    (unreachable))
)
