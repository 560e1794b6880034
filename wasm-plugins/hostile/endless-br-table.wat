;; expect: fault out-of-fuel
;; Never comes back, by way of a jump table that leads to itself.
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (local $i i32)
    (loop $a
      (loop $b
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_table $a $b $a $b (i32.and (local.get $i) (i32.const 3)))))
    (unreachable))
)
