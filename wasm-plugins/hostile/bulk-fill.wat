;; expect: fault out-of-fuel
;; Wipes 16 MiB over and over with a single instruction: fuel is charged by the byte.
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "decide") (result i32)
    (drop (memory.grow (i32.const 255)))
    (loop $again
      (memory.fill (i32.const 0) (i32.const 7) (i32.const 16777216))
      (br $again))
    (unreachable))
)
