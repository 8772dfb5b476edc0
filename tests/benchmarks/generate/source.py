"""Write a Terraform directory: a root module that calls M local modules.

Deterministic for one seed.  Default: 40 modules x 5 files = 200 files + root, ~20k lines.
Has what real code has: variables with types and validation, locals, for expressions,
dynamic blocks, heredocs with braces and quotes in them, templates, comments, jsonencode,
count/for_each, conditionals.  `terraform fmt -check -recursive DIR` must accept the result.
--truth lists every block device with the source of its encryption setting, one TSV row each.
"""

import argparse
import os
import random
import re

STATES = {  # attribute lines put into the device block
    "true_cmk_ref": ["encrypted  = true", "kms_key_id = aws_kms_key.this.arn"],
    "true_cmk_var": ["encrypted  = true", "kms_key_id = var.kms_key_arn"],
    "true_default_key": ["encrypted = true"],
    "false": ["encrypted = false"],
    "unset": [],
    "variable": ["encrypted = var.encrypted"],
    "conditional": ['encrypted = var.environment == "prod" ? true : var.encrypted'],
}
WEIGHTS = [25, 10, 20, 10, 15, 12, 8]


def enc(rng, truth, path, ind):
    s = rng.choices(list(STATES), WEIGHTS)[0]
    truth.append((path, s))
    return "".join("\n{}{}".format(" " * ind, line) for line in [""] * bool(STATES[s]) + STATES[s])


def volume(rng, n, truth):
    return 'resource "aws_ebs_volume" "{}" {{\n  count             = var.volumes\n  availability_zone = element(var.zones, count.index)\n  size              = lookup(var.sizes, "{}", 20)\n{}\n\n  tags = merge(local.tags, {{ Name = "${{var.name}}-{}-${{count.index}}" }})\n}}\n'.format(
        n, n, enc(rng, truth, "aws_ebs_volume." + n, 2), n
    )


def instance(rng, n, truth):
    a = "aws_instance." + n
    devs = "".join(
        '\n  ebs_block_device {{\n    device_name = "/dev/sd{}"\n    volume_size = 50\n{}\n  }}\n'.format(
            "fgh"[i], enc(rng, truth, "%s ebs_block_device[%d]" % (a, i), 4)
        )
        for i in range(rng.choice([0, 1, 2]))
    )
    return 'resource "aws_instance" "{}" {{\n  ami           = data.aws_ami.al2023.id\n  instance_type = var.instance_type\n  user_data     = <<-EOT\n    #!/bin/bash\n    # resource "aws_ebs_volume" "not_me" {{\n    echo "${{var.name}} {{ {} }}" > /etc/motd\n    if [ -f ./x ]; then echo \'}}\'; fi\n  EOT\n\n  root_block_device {{\n    volume_type = "gp3"\n    volume_size = 30\n{}\n  }}\n{}\n  tags = local.tags\n}}\n'.format(
        n, n, enc(rng, truth, a + " root_block_device[0]", 4), devs
    )


def template(rng, n, truth):
    if rng.random() < 0.3:
        truth.append((f"aws_launch_template.{n} dynamic", "variable"))
        dev = '  dynamic "block_device_mappings" {\n    for_each = var.disks\n    content {\n      device_name = block_device_mappings.value.device\n      ebs {\n        volume_size = block_device_mappings.value.size\n        encrypted   = try(block_device_mappings.value.encrypted, true)\n      }\n    }\n  }\n'
    else:
        dev = '  block_device_mappings {{\n    device_name = "/dev/sda1"\n    ebs {{\n      volume_size = 40\n{}\n    }}\n  }}\n'.format(
            enc(rng, truth, f"aws_launch_template.{n} block_device_mappings[0]", 6)
        )
    return f'resource "aws_launch_template" "{n}" {{\n  name_prefix   = "${{var.name}}-{n}"\n  image_id      = data.aws_ami.al2023.id\n  instance_type = var.instance_type\n\n{dev}}}\n'


def role(rng, n, truth):
    return f'resource "aws_iam_role" "{n}" {{\n  name = "${{var.name}}-{n}"\n\n  assume_role_policy = jsonencode({{\n    Version = "2012-10-17"\n    Statement = [{{\n      Action    = "sts:AssumeRole"\n      Effect    = "Allow"\n      Principal = {{ Service = "ec2.amazonaws.com" }}\n    }}]\n  }})\n\n  tags = local.tags\n}}\n'


def group(rng, n, truth):
    return 'resource "aws_security_group" "{}" {{\n  name   = "${{var.name}}-{}"\n  vpc_id = var.vpc_id\n\n{}  dynamic "egress" {{\n    for_each = toset(var.egress_cidrs)\n    content {{\n      from_port   = 0\n      to_port     = 0\n      protocol    = "-1"\n      cidr_blocks = [egress.value]\n    }}\n  }}\n\n  tags = local.tags\n}}\n'.format(
        n,
        n,
        "".join(
            '  ingress {\n    description = "rule %d"\n    from_port   = %d\n    to_port     = %d\n    protocol    = "tcp"\n    cidr_blocks = ["10.%d.0.0/16"]\n  }\n\n'
            % (i, p, p, i)
            for i, p in enumerate(rng.sample(range(80, 9000), rng.randint(1, 4)))
        ),
    )


def bucket(rng, n, truth):
    return f'resource "aws_s3_bucket" "{n}" {{\n  bucket = lower("${{var.name}}-${{data.aws_caller_identity.me.account_id}}-{n}")\n  tags   = local.tags\n}}\n\nresource "aws_s3_bucket_policy" "{n}" {{\n  bucket = aws_s3_bucket.{n}.id\n  policy = <<POLICY\n{{\n  "Version": "2012-10-17",\n  "Statement": [{{ "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "${{aws_s3_bucket.{n}.arn}}/*",\n    "Condition": {{ "Bool": {{ "aws:SecureTransport": "false" }} }} }}]\n}}\nPOLICY\n}}\n'


def alarm(rng, n, truth):
    return (
        'resource "aws_cloudwatch_metric_alarm" "%s" {\n  for_each            = { for k, v in var.alarms : k => v if v.enabled }\n  alarm_name          = "${var.name}-${each.key}"\n  comparison_operator = "GreaterThanThreshold"\n  evaluation_periods  = %d\n  metric_name         = "CPUUtilization"\n  namespace           = "AWS/EC2"\n  period              = 300\n  statistic           = "Average"\n  threshold           = each.value.threshold * 1.1\n  alarm_actions       = length(var.topics) > 0 ? var.topics : []\n}\n'
        % (n, rng.randint(1, 5))
    )


EBS, OTHER = [volume, instance, template], [role, role, group, bucket, alarm, alarm]
VARS = [
    ("name", "string", None),
    ("environment", "string", '"prod"'),
    ("encrypted", "bool", "true"),
    ("kms_key_arn", "string", "null"),
    ("zones", "list(string)", '["eu-west-1a"]'),
    ("sizes", "map(number)", "{}"),
    ("volumes", "number", "1"),
    ("instance_type", "string", '"m6i.large"'),
    ("disks", "list(any)", "[]"),
    ("vpc_id", "string", "null"),
    ("egress_cidrs", "list(string)", '["0.0.0.0/0"]'),
    ("alarms", "map(any)", "{}"),
    ("topics", "list(string)", "[]"),
]


def variables():
    out = []
    for name, typ, default in VARS:
        line = "" if default is None else "\n  default     = " + default
        check = (
            '\n\n  validation {\n    condition     = length(var.name) < 32 && can(regex("^[a-z{}]+$", var.name))\n    error_message = "Use \\"short\\" names."\n  }'
            if name == "name"
            else ""
        )
        out.append(
            f'variable "{name}" {{\n  description = "The {name} of this module"\n  type        = {typ}{line}{check}\n}}\n'
        )
    return "\n".join(out)


def locals_file():
    return '/* Common values { not a block } */\nlocals {\n  tags = merge({\n    Environment = var.environment\n    Owner       = "platform"\n  }, var.environment == "prod" ? { tier = "gold" } : {})\n\n  zone_ids = [for i, z in var.zones : "${z}-${i}"]\n}\n\ndata "aws_caller_identity" "me" {}\n\ndata "aws_ami" "al2023" {\n  most_recent = true\n  owners      = ["amazon"]\n\n  filter {\n    name   = "name"\n    values = ["al2023-ami-*"]\n  }\n}\n\nresource "aws_kms_key" "this" {\n  description         = "${var.name} storage"\n  enable_key_rotation = true\n}\n'


def put(root, rel, text):
    path = os.path.join(root, rel)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    text = re.sub(r"\n\s*\n(\s*})", r"\n\1", re.sub(r"\n\s*\n\s*\n", "\n\n", text))
    with open(path, "w") as f:
        f.write(text)
    return text.count("\n")


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--modules", type=int, default=40)
    p.add_argument(
        "--blocks",
        type=int,
        default=11,
        help="resource blocks in each of a module's two resource files",
    )
    p.add_argument("--ebs", type=float, default=0.2)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--truth")
    p.add_argument("-o", required=True)
    a = p.parse_args()
    rng, rows, lines, calls = random.Random(a.seed), [], 0, []
    for m in range(a.modules):
        mod, j = "modules/svc%03d/" % m, 0
        for fname in ("main.tf", "extra.tf"):
            parts = ["# %s of service %d" % (fname, m)]
            for _ in range(a.blocks):
                truth, make, j = [], rng.choice(EBS if rng.random() < a.ebs else OTHER), j + 1
                parts.append(make(rng, "r%03d" % j, truth))
                rows += [(mod + fname, *t) for t in truth]
            lines += put(a.o, mod + fname, "\n".join(parts))
        lines += put(a.o, mod + "variables.tf", variables()) + put(
            a.o, mod + "locals.tf", locals_file()
        )
        lines += put(
            a.o,
            mod + "outputs.tf",
            "".join(
                'output "o%d" {\n  description = "Output %d"\n  value       = local.zone_ids[%d]\n}\n\n'
                % (i, i, i)
                for i in range(6)
            )[:-1],
        )
        calls.append(
            'module "svc%03d" {\n  source      = "./modules/svc%03d"\n  name        = "svc%03d"\n  environment = var.environment\n  encrypted   = %s\n}\n'
            % (m, m, m, rng.choice(["true", "false", "var.encrypted"]))
        )
    lines += put(
        a.o,
        "main.tf",
        'terraform {\n  required_version = ">= 1.5"\n}\n\nprovider "aws" {\n  region = "eu-west-1"\n}\n\nvariable "environment" {\n  default = "prod"\n}\n\nvariable "encrypted" {\n  default = true\n}\n\n'
        + "\n".join(calls),
    )
    if a.truth:
        with open(a.truth, "w") as f:
            f.writelines("\t".join(r) + "\n" for r in rows)


if __name__ == "__main__":
    main()
