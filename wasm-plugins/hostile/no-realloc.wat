;; expect: reject missing-export
;; Has no allocator.
(module
  (memory (export "memory") 1)
  (func (export "decide") (result i32)
    (i32.const 0))
)
