;; expect: reject component
;; Is wrapped as a component, which the host does not run.
(component)
