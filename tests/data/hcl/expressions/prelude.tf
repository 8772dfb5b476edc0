locals {
  m       = { a = "x", b = "y" }
  l       = [1, 2, 3]
  s       = "str"
  nothing = null
  objs    = [{ name = "n1", kind = "k", tags = { x = 1 } }, { name = "n2", kind = "k", tags = { x = 2 } }]
  cond    = local.s == "str" ? "yes" : "no"
  heredoc = <<-EOT
    a
      b
  EOT
}
variable "typed" {
  type    = object({ name = string, opt = optional(bool, true), none = optional(string), deep = optional(object({ x = optional(number, 5) }), {}) })
  default = { name = 5, extra = 1 }
}
variable "m" {
  type    = map(string)
  default = { a = 1, b = true }
}
variable "bools" {
  type    = list(bool)
  default = ["true", false]
}
variable "st" {
  type    = set(string)
  default = ["b", "a", "b"]
}
variable "num" {
  type    = number
  default = "42"
}
