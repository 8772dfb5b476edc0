"""Write a `terraform show -json PLAN`-shaped file with N AWS resource instances.

Deterministic for one (n, seed, ebs, existing).  Streams, so any N fits in memory.
Shape follows Terraform 1.11 (format_version 1.2) and AWS provider 5.x value names:
  planned_values > root_module > child_modules > nested child_modules,
  resource_changes (before/after/after_unknown/…_sensitive), prior_state,
  configuration (module_calls, expressions.references), in Terraform's own key order.
A truth sidecar (--truth) lists every block device and its intended encryption state.
"""

import argparse
import json
import random
import sys

PROV = "registry.example.org/hashicorp/aws"  # real plans name the public registry host here; read only the tail
DUMP = json.JSONEncoder(separators=(",", ":")).encode
STATES = ["true_cmk_ref", "true_cmk_arn", "true_default_key", "false", "unset"]
WEIGHTS = [30, 15, 25, 10, 20]
POLICY = DUMP(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Allow%d" % i,
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:ListBucket", "logs:PutLogEvents"],
                "Resource": ["arn:aws:s3:::bucket-%d/*" % i, "*"],
            }
            for i in range(4)
        ],
    }
)


def tags(name):
    t = {"Name": name, "Environment": "prod", "CostCenter": "cc-1042", "ManagedBy": "terraform"}
    return {"tags": t, "tags_all": dict(t, Owner="platform-team")}


def enc(rng, r, path, key="encrypted"):
    """(known values, unknown values, config expressions) of one device; notes its truth.
    The state is drawn from the block's own generator: every instance of a block has the same."""
    s = r["brng"].choices(STATES, WEIGHTS)[0]
    r["truth"].append((path, s))
    arn = f"arn:aws:kms:eu-west-1:111122223333:key/{rng.getrandbits(32):08x}-aaaa-4bbb-8ccc-{rng.getrandbits(48):012x}"
    if s == "true_cmk_ref":
        return (
            {key: True},
            {"kms_key_id": True},
            {
                key: {"constant_value": True},
                "kms_key_id": {"references": ["aws_kms_key.this.arn", "aws_kms_key.this"]},
            },
        )
    if s == "true_cmk_arn":
        return (
            {key: True, "kms_key_id": arn},
            {},
            {
                key: {"references": ["var.encrypted"]},
                "kms_key_id": {"references": ["var.kms_key_arn"]},
            },
        )
    if s == "true_default_key":
        return {key: True}, {"kms_key_id": True}, {key: {"constant_value": True}}
    if s == "false":
        return {key: False}, {"kms_key_id": True}, {key: {"references": ["var.encrypted"]}}
    return {}, {key: True, "kms_key_id": True}, {}


# Each maker fills r["v"] (known), r["u"] (unknown until apply), r["x"] (configuration expressions).
def volume(rng, r):
    k, u, x = enc(rng, r, "")
    r["v"] = {
        "availability_zone": "eu-west-1" + rng.choice("abc"),
        "final_snapshot": False,
        "multi_attach_enabled": None,
        "outpost_arn": None,
        "size": rng.choice([8, 20, 100, 500]),
        "type": "gp3",
        "timeouts": None,
        **k,
        **tags(r["name"]),
    }
    r["u"] = {
        "arn": True,
        "create_time": True,
        "id": True,
        "iops": True,
        "snapshot_id": True,
        "throughput": True,
        **u,
    }
    r["x"] = {"availability_zone": {"references": ["var.az"]}, "size": {"constant_value": 20}, **x}


def instance(rng, r):
    k, u, x = enc(rng, r, "root_block_device[0]")
    ebs, ebs_u, ebs_x = [], [], []
    for i in range(r["brng"].choice([0, 0, 1, 2])):
        k2, u2, x2 = enc(rng, r, "ebs_block_device[%d]" % i)
        ebs.append(
            {
                "delete_on_termination": True,
                "device_name": "/dev/sd" + "fghij"[i],
                "tags": None,
                "volume_size": 50,
                "volume_type": "gp3",
                **k2,
            }
        )
        ebs_u.append(
            {
                "iops": True,
                "snapshot_id": True,
                "tags_all": True,
                "throughput": True,
                "volume_id": True,
                **u2,
            }
        )
        ebs_x.append({"device_name": {"constant_value": "/dev/sdf"}, **x2})
    r["v"] = {
        "ami": f"ami-{rng.getrandbits(68):017x}",
        "credit_specification": [{"cpu_credits": "unlimited"}],
        "ebs_block_device": ebs,
        "get_password_data": False,
        "hibernation": None,
        "iam_instance_profile": r["name"],
        "instance_type": "m6i.large",
        "launch_template": [],
        "metadata_options": [
            {
                "http_endpoint": "enabled",
                "http_put_response_hop_limit": 1,
                "http_tokens": "required",
            }
        ],
        "root_block_device": [
            {
                "delete_on_termination": True,
                "tags": None,
                "volume_size": 30,
                "volume_type": "gp3",
                **k,
            }
        ],
        "source_dest_check": True,
        "timeouts": None,
        "user_data": f"{rng.getrandbits(160):040x}",
        "user_data_replace_on_change": False,
        "volume_tags": None,
        "vpc_security_group_ids": [f"sg-{rng.getrandbits(68):017x}"],
        **tags(r["name"]),
    }
    r["u"] = dict.fromkeys(
        (
            "arn",
            "availability_zone",
            "cpu_core_count",
            "disable_api_stop",
            "ebs_optimized",
            "host_id",
            "id",
            "instance_state",
            "key_name",
            "monitoring",
            "outpost_arn",
            "private_dns",
            "private_ip",
            "public_dns",
            "public_ip",
            "subnet_id",
            "tenancy",
        ),
        True,
    )
    r["u"].update(
        ebs_block_device=ebs_u,
        root_block_device=[
            {
                "device_name": True,
                "iops": True,
                "tags_all": True,
                "throughput": True,
                "volume_id": True,
                **u,
            }
        ],
    )
    r["x"] = {
        "ami": {"references": ["data.aws_ami.al2023.id", "data.aws_ami.al2023"]},
        "instance_type": {"references": ["var.instance_type"]},
        "root_block_device": [{"volume_size": {"constant_value": 30}, **x}],
        "user_data": {"references": ["local.user_data"]},
        "tags": {"references": ["local.tags"]},
    }
    if ebs_x:
        r["x"]["ebs_block_device"] = ebs_x


def s_ref(x, u):
    return "kms_key_id" in x and "kms_key_id" in u


def launch_template(rng, r):
    maps, maps_u, maps_x = [], [], []
    for i in range(r["brng"].choice([1, 1, 2, 3])):
        k, u, x = enc(rng, r, "block_device_mappings[%d].ebs[0]" % i)
        ref = (
            {"kms_key_id": True} if s_ref(x, u) else {}
        )  # unknown only when it points at a key made in this plan
        k = {
            **({} if ref else {"kms_key_id": None}),
            **k,
            "encrypted": {True: "true", False: "false", None: None}[k.get("encrypted")],
        }  # strings in this schema
        maps.append(
            {
                "device_name": "/dev/sd" + "abc"[i],
                "ebs": [
                    {
                        "delete_on_termination": "true",
                        "snapshot_id": None,
                        "volume_size": 40,
                        "volume_type": "gp3",
                        **k,
                    }
                ],
                "no_device": None,
                "virtual_name": None,
            }
        )
        maps_u.append({"ebs": [{"iops": True, "throughput": True, **ref}]})
        maps_x.append({"device_name": {"constant_value": "/dev/sda"}, "ebs": [x]})
    r["v"] = {
        "block_device_mappings": maps,
        "capacity_reservation_specification": [],
        "cpu_options": [],
        "description": None,
        "disable_api_stop": None,
        "ebs_optimized": None,
        "elastic_gpu_specifications": [],
        "enclave_options": [],
        "hibernation_options": [],
        "iam_instance_profile": [{"arn": None, "name": r["name"]}],
        "image_id": f"ami-{rng.getrandbits(68):017x}",
        "instance_requirements": [],
        "instance_type": "c6i.large",
        "kernel_id": None,
        "key_name": None,
        "license_specification": [],
        "maintenance_options": [],
        "monitoring": [{"enabled": True}],
        "network_interfaces": [],
        "placement": [],
        "tag_specifications": [{"resource_type": "volume", "tags": {"Name": r["name"]}}],
        "user_data": f"{rng.getrandbits(240):060x}",
        **tags(r["name"]),
    }
    r["u"] = {
        "arn": True,
        "default_version": True,
        "id": True,
        "latest_version": True,
        "name": True,
        "block_device_mappings": maps_u,
    }
    r["x"] = {
        "block_device_mappings": maps_x,
        "image_id": {"references": ["data.aws_ami.al2023.id", "data.aws_ami.al2023"]},
    }


def snapshot(rng, r):
    r["truth"].append(("", "inherits_volume"))
    r["v"] = {
        "description": "nightly",
        "outpost_arn": None,
        "permanent_restore": None,
        "storage_tier": "standard",
        "temporary_restore_days": None,
        "timeouts": None,
        **tags(r["name"]),
    }
    r["u"] = dict.fromkeys(
        (
            "arn",
            "data_encryption_key_id",
            "encrypted",
            "id",
            "kms_key_id",
            "owner_id",
            "volume_id",
            "volume_size",
        ),
        True,
    )
    r["x"] = {
        "volume_id": {
            "references": [
                "aws_ebs_volume.data[0].id",
                "aws_ebs_volume.data[0]",
                "aws_ebs_volume.data",
            ]
        }
    }


def snapshot_copy(rng, r):
    k, u, x = enc(rng, r, "")
    r["v"] = {
        "description": None,
        "source_region": "us-east-1",
        "source_snapshot_id": f"snap-{rng.getrandbits(68):017x}",
        "storage_tier": "standard",
        "timeouts": None,
        "encrypted": None,
        **k,
        **tags(r["name"]),
    }
    r["u"] = {
        "arn": True,
        "id": True,
        "owner_id": True,
        "volume_id": True,
        "volume_size": True,
        **({"kms_key_id": True} if s_ref(x, u) else {}),
    }
    r["x"] = {"source_snapshot_id": {"references": ["var.snapshot"]}, **x}


def plain(fields, unknown, refs):
    def make(rng, r):
        r["v"] = {
            k: (v % rng.getrandbits(32) if isinstance(v, str) and "%" in v else v)
            for k, v in fields.items()
        }
        r["v"].update(tags(r["name"]))
        r["u"] = dict.fromkeys(unknown, True)
        r["x"] = {
            k: {"references": [v] if v.startswith(("local.", "var.")) else [v, v.rsplit(".", 1)[0]]}
            for k, v in refs.items()
        }

    return make


EBS = {
    "aws_ebs_volume": (volume, 30),
    "aws_instance": (instance, 35),
    "aws_launch_template": (launch_template, 20),
    "aws_ebs_snapshot": (snapshot, 10),
    "aws_ebs_snapshot_copy": (snapshot_copy, 5),
}
OTHER = {
    "aws_iam_role": (
        plain(
            {
                "assume_role_policy": POLICY[:180],
                "description": None,
                "force_detach_policies": False,
                "inline_policy": [{"name": "p", "policy": POLICY}],
                "max_session_duration": 3600,
                "name": "role-%08x",
                "path": "/",
                "permissions_boundary": None,
            },
            ["arn", "create_date", "id", "name_prefix", "unique_id"],
            {"assume_role_policy": "data.aws_iam_policy_document.assume.json"},
        ),
        20,
    ),
    "aws_security_group": (
        plain(
            {
                "description": "Managed by Terraform",
                "egress": [
                    {
                        "cidr_blocks": ["0.0.0.0/0"],
                        "from_port": 0,
                        "protocol": "-1",
                        "to_port": 0,
                        "self": False,
                    }
                ],
                "ingress": [
                    {
                        "cidr_blocks": ["10.%d.0.0/16" % i],
                        "description": "r",
                        "from_port": 443,
                        "protocol": "tcp",
                        "to_port": 443,
                        "self": False,
                    }
                    for i in range(5)
                ],
                "name": "sg-%08x",
                "revoke_rules_on_delete": False,
                "timeouts": None,
            },
            ["arn", "id", "name_prefix", "owner_id", "vpc_id"],
            {"vpc_id": "module.net.vpc_id"},
        ),
        15,
    ),
    "aws_s3_bucket": (
        plain(
            {"bucket": "bucket-%08x", "force_destroy": False, "timeouts": None},
            [
                "acceleration_status",
                "acl",
                "arn",
                "bucket_domain_name",
                "id",
                "policy",
                "region",
                "server_side_encryption_configuration",
                "versioning",
                "website",
                "logging",
                "lifecycle_rule",
            ],
            {"bucket": "local.bucket"},
        ),
        10,
    ),
    "aws_route53_record": (
        plain(
            {
                "allow_overwrite": None,
                "alias": [],
                "multivalue_answer_routing_policy": None,
                "name": "h%08x.example.org",
                "records": ["10.0.0.1"],
                "ttl": 60,
                "type": "A",
            },
            ["fqdn", "id"],
            {"zone_id": "data.aws_route53_zone.main.id"},
        ),
        15,
    ),
    "aws_cloudwatch_metric_alarm": (
        plain(
            {
                "actions_enabled": True,
                "alarm_actions": ["arn:aws:sns:eu-west-1:111122223333:ops"],
                "alarm_name": "alarm-%08x",
                "comparison_operator": "GreaterThanThreshold",
                "evaluation_periods": 3,
                "metric_name": "CPUUtilization",
                "metric_query": [],
                "namespace": "AWS/EC2",
                "period": 300,
                "statistic": "Average",
                "threshold": 80,
                "unit": None,
            },
            ["arn", "evaluate_low_sample_count_percentiles", "id"],
            {"alarm_actions": "aws_sns_topic.ops.arn"},
        ),
        20,
    ),
    "aws_lambda_function": (
        plain(
            {
                "architectures": ["x86_64"],
                "dead_letter_config": [],
                "environment": [{"variables": {"STAGE": "prod", "LEVEL": "info"}}],
                "file_system_config": [],
                "function_name": "fn-%08x",
                "handler": "app.handler",
                "layers": None,
                "memory_size": 256,
                "package_type": "Zip",
                "runtime": "python3.12",
                "s3_bucket": "artifacts",
                "s3_key": "fn.zip",
                "timeout": 30,
                "vpc_config": [],
            },
            [
                "arn",
                "code_sha256",
                "id",
                "invoke_arn",
                "last_modified",
                "qualified_arn",
                "source_code_hash",
                "source_code_size",
                "version",
            ],
            {"role": "aws_iam_role.this.arn"},
        ),
        10,
    ),
    "aws_kms_key": (
        plain(
            {
                "bypass_policy_lockout_safety_check": False,
                "custom_key_store_id": None,
                "customer_master_key_spec": "SYMMETRIC_DEFAULT",
                "deletion_window_in_days": 30,
                "enable_key_rotation": True,
                "is_enabled": True,
                "key_usage": "ENCRYPT_DECRYPT",
            },
            ["arn", "id", "key_id", "multi_region", "policy", "rotation_period_in_days"],
            {"policy": "data.aws_iam_policy_document.kms.json"},
        ),
        10,
    ),
}


def filled(u):
    """Values for what is unknown on create but known in prior state."""
    if u is True:
        return "value-0123456789abcdef"
    if isinstance(u, dict) and "encrypted" in u:  # account default was off
        u = dict(u, encrypted=None, kms_key_id=None)
    return (
        {
            k: {"encrypted": False, "kms_key_id": ""}.get(k) if v is None else filled(v)
            for k, v in u.items()
        }
        if isinstance(u, dict)
        else [filled(v) for v in u]
        if isinstance(u, list)
        else u
    )


def merge(a, b):
    if isinstance(a, dict) and isinstance(b, dict):
        return {
            k: merge(a[k], b[k]) if k in a and k in b else a.get(k, b.get(k))
            for k in sorted({*a, *b})
        }
    if isinstance(a, list) and isinstance(b, list):
        return [merge(x, y) for x, y in zip(a, b, strict=False)] if len(a) == len(b) else a
    return a


def shape(v):
    """`sensitive_values`: containers kept, scalars dropped (list items become false)."""
    if isinstance(v, dict):
        return {k: shape(x) for k, x in v.items() if isinstance(x, (dict, list))}
    return [shape(x) if isinstance(x, (dict, list)) else False for x in v]


def plan_layout(n, rng, ebs):
    """Yield (call name, keys, blocks): each module call holds ~12 blocks; for_each repeats it per key."""
    left, j, names = n, 0, [list(EBS), list(OTHER)]
    weights = [[EBS[t][1] for t in EBS], [OTHER[t][1] for t in OTHER]]
    while left > 0:
        blocks, seen = [], {}
        for _ in range(12):
            g = 0 if rng.random() < ebs else 1
            t = rng.choices(names[g], weights[g])[0]
            i = seen[t] = seen.get(t, 0) + 1
            blocks.append(
                (
                    t,
                    ("data" if t == "aws_ebs_volume" else "this") + ("_%d" % i if i > 1 else ""),
                    rng.choice([0, 0, 0, 2]),
                )
            )
        per = sum(c or 1 for _, _, c in blocks)
        keys = [None] if j == 0 else ["k%02d" % k for k in range(8)]
        while len(keys) > 1 and per * len(keys) > left:
            keys.pop()
        yield ("svc_%04d" % j, keys, blocks, left)
        left -= per * len(keys)
        j += 1


def instances(n, seed, ebs, existing):
    """Yield (call, key, nested, [resource dicts]) module by module; the last third of a call's blocks sit in its nested module `net`."""
    rng = random.Random(seed)
    for call, keys, blocks, left in plan_layout(n, rng, ebs):
        for key in keys:
            mod = "" if key is None else f'module.{call}["{key}"].'
            for nested, part in (
                ((False, blocks[:8]), (True, blocks[8:])) if mod else ((False, blocks),)
            ):
                pre = mod + ("module.net." if nested else "")
                out = []
                for t, name, count in part:
                    for idx in range(count or 1):
                        if left <= 0:
                            break
                        left -= 1
                        r = {
                            "type": t,
                            "name": name,
                            "mod": pre[:-1],
                            "idx": idx if count else None,
                            "truth": [],
                            "address": pre + t + "." + name + ("[%d]" % idx if count else ""),
                        }
                        r["brng"] = random.Random("%d/%s/%s/%s" % (seed, call, t, name))
                        (EBS.get(t) or OTHER[t])[0](rng, r)
                        r["exists"] = rng.random() < existing
                        out.append(r)
                yield call, key, nested, blocks, out


def value_entry(r, prior=False):
    v = (
        dict(sorted(r["v"].items()))
        if not (prior or r["exists"])
        else merge(r["v"], filled(r["u"]))
    )
    e = {"address": r["address"], "mode": "managed", "type": r["type"], "name": r["name"]}
    if r["idx"] is not None:
        e["index"] = r["idx"]
    e.update(provider_name=PROV, schema_version=1, values=v, sensitive_values=shape(v))
    if prior:
        e["depends_on"] = ["aws_kms_key.this"]
    return e


def change_entry(r):
    e = {"address": r["address"]}
    if r["mod"]:
        e["module_address"] = r["mod"]
    e.update(mode="managed", type=r["type"], name=r["name"])
    if r["idx"] is not None:
        e["index"] = r["idx"]
    if r["exists"]:
        v = merge(r["v"], filled(r["u"]))
        c = {
            "actions": ["no-op"],
            "before": v,
            "after": v,
            "after_unknown": {},
            "before_sensitive": shape(v),
            "after_sensitive": shape(v),
        }
    else:
        v = dict(sorted(r["v"].items()))
        c = {
            "actions": ["create"],
            "before": None,
            "after": v,
            "after_unknown": merge(r["u"], {k: x for k, x in shape(v).items() if k not in r["u"]}),
            "before_sensitive": False,
            "after_sensitive": shape(v),
        }
    e.update(provider_name=PROV, change=c)
    return e


def write_modules(w, mods, entry):
    """Nest flat modules into root_module/child_modules text; `mods` yields in document order."""
    w('{"resources":[')
    first_child, open_child, _sep = True, False, ""
    for call, key, nested, _, rs in mods:
        body = ",".join(DUMP(entry(r)) for r in rs if entry is not prior_entry or r["exists"])
        if key is None:
            w(body)
        elif not nested:
            w(
                '{}{{"resources":[{}],"address":{}'.format(
                    '],"child_modules":[' if first_child else "},",
                    body,
                    DUMP(f'module.{call}["{key}"]'),
                )
            )
            first_child, open_child = False, True
        elif rs:
            w(
                ',"child_modules":[{{"resources":[{}],"address":{}}}]'.format(
                    body, DUMP(f'module.{call}["{key}"].module.net')
                )
            )
    w("}]}" if open_child else "]}")


def prior_entry(r):
    return value_entry(r, prior=True)


def config_modules(mods):
    """Configuration holds each block once, however many instances it has."""
    seen, root, calls = set(), [], {}
    for call, key, nested, _, rs in mods:
        if (call, nested) in seen:
            continue
        seen.add((call, nested))
        res, names = [], set()
        for r in rs:
            if (r["type"], r["name"]) in names:
                continue
            names.add((r["type"], r["name"]))
            c = {
                "address": r["type"] + "." + r["name"],
                "mode": "managed",
                "type": r["type"],
                "name": r["name"],
                "provider_config_key": "aws",
                "expressions": r["x"],
                "schema_version": 1,
            }
            if r["idx"] is not None:
                c["count_expression"] = {"constant_value": 2}
            res.append(c)
        var = {
            "encrypted": {"default": True},
            "kms_key_arn": {"default": None},
            "az": {"default": "eu-west-1a"},
            "instance_type": {"default": "m6i.large"},
            "snapshot": {"default": None},
        }
        if key is None:
            root = res
        elif not nested:
            calls[call] = {
                "source": "./modules/svc",
                "expressions": {
                    "kms_key_arn": {"references": ["aws_kms_key.this.arn", "aws_kms_key.this"]},
                    "instance_type": {"constant_value": "m6i.large"},
                },
                "for_each_expression": {"references": ["local.services"]},
                "module": {"resources": res, "variables": var},
            }
        else:
            calls[call]["module"]["module_calls"] = {
                "net": {
                    "source": "./net",
                    "expressions": {"encrypted": {"references": ["var.encrypted"]}},
                    "module": {"resources": res, "variables": var},
                }
            }
    return {"resources": root, "module_calls": calls, "variables": {"encrypted": {"default": True}}}


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("-n", type=int, default=5000, help="resource instances")
    p.add_argument("--ebs", type=float, default=0.15, help="fraction that is EC2/EBS storage")
    p.add_argument(
        "--existing", type=float, default=0.6, help="fraction already in prior state (no-op)"
    )
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--indent", action="store_true", help="pretty-print (holds the file in memory)")
    p.add_argument("--truth", help="write the intended device states here, one TSV row each")
    p.add_argument("-o", default="-")
    a = p.parse_args()
    f = sys.stdout if a.o == "-" else open(a.o, "w")
    w, mods = f.write, lambda: instances(a.n, a.seed, a.ebs, a.existing)
    w(
        '{"format_version":"1.2","terraform_version":"1.11.4","variables":{"encrypted":{"value":true}},"planned_values":{"root_module":'
    )
    write_modules(w, mods(), value_entry)
    w('},"resource_changes":[')
    sep, truth = "", open(a.truth, "w") if a.truth else None
    for _, _, _, _, rs in mods():
        for r in rs:
            w(sep + DUMP(change_entry(r)))
            sep = ","
            if truth:
                truth.writelines(
                    "{}\t{}\t{}\t{}\n".format(
                        r["address"], path, s, "no-op" if r["exists"] else "create"
                    )
                    for path, s in r["truth"]
                )
    w(
        '],"prior_state":{"format_version":"1.0","terraform_version":"1.11.4","values":{"root_module":'
    )
    write_modules(w, mods(), prior_entry)
    w(
        f'}}}},"configuration":{{"provider_config":{{"aws":{{"name":"aws","full_name":{DUMP(PROV)},"version_constraint":"~> 5.0","expressions":{{"region":{{"constant_value":"eu-west-1"}}}}}}}},"root_module":'
    )
    w(DUMP(config_modules(mods())))
    w(
        '},"relevant_attributes":[{"resource":"aws_kms_key.this","attribute":["arn"]}],"timestamp":"2026-01-01T00:00:00Z","applyable":true,"complete":true,"errored":false}'
    )
    f.close()
    if a.indent and a.o != "-":
        d = json.load(open(a.o))
        json.dump(d, open(a.o, "w"), indent=2)


if __name__ == "__main__":
    main()
