;; expect: reject invalid
;; Throws.
(module
  (memory (export "memory") 1)
  (tag $oops)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (throw $oops))
)
