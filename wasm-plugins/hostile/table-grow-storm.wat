;; expect: fault out-of-memory
;; Takes table entries until there are no more.
(module
  (memory (export "memory") 1)
  (table $t 1 funcref)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (loop $more
      (if (i32.eq (table.grow $t (ref.null func) (i32.const 512)) (i32.const -1)) (then (unreachable)))
      (br $more))
    (unreachable))
)
