;; expect: fault out-of-fuel
;; Answers quickly, but never allocates: the loop hides where the host calls back.
(module
  (import "vitrine:rules/view@1.0.0" "path" (func $path (param i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (loop $again (br $again))
    (unreachable))
  (func (export "decide") (result i32)
    (call $path (i32.const 64))
    (i32.const 0))
)
