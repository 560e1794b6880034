;; expect: fault host-calls
;; Asks for the time again and again.
(module
  (import "vitrine:rules/view@1.0.0" "now" (func $now (result i64)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (loop $again
      (drop (call $now))
      (br $again))
    (unreachable))
)
