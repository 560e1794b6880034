;; expect: reject invalid
;; Wants a garbage collector.
(module
  (memory (export "memory") 1)
  (type $point (struct (field i32)))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (struct.get $point 0 (struct.new $point (i32.const 0))))
)
