"""Write CloudFormation templates: one of N resources (limit 500), or a folder of many.

Deterministic for one seed.  The same template comes as YAML (short-form intrinsics,
comments, block scalars) or JSON (long form).  --truth lists every block device and its
intended encryption state, one TSV row each.
  gen_cfn.py -n 500 -o big.yaml            gen_cfn.py -n 500 -o big.json
  gen_cfn.py --folder 2000 -o dir --json-share 0.2 --ebs-share 0.3
"""

import argparse
import json
import os
import random

STATES = [
    "true_cmk_ref",
    "true_cmk_param",
    "true_default_key",
    "false",
    "unset",
    "param",
    "conditional",
]
WEIGHTS = [25, 10, 25, 10, 15, 8, 7]


class Tag:
    """An intrinsic: !Ref / !GetAtt / !Sub / !If / !FindInMap / !ImportValue."""

    def __init__(self, name, arg):
        self.name, self.arg = name, arg

    def long(self):
        if self.name == "Ref":
            return {"Ref": self.arg}
        return {
            "Fn::" + self.name: self.arg.split(".") if self.name == "GetAtt" else to_json(self.arg)
        }


def to_json(v):
    if isinstance(v, Tag):
        return v.long()
    if isinstance(v, dict):
        return {k: to_json(x) for k, x in v.items()}
    return [to_json(x) for x in v] if isinstance(v, list) else v


def scalar(v):
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, (int, float)):
        return str(v)
    plain = (
        v
        and v[0].isalpha()
        and all(c.isalnum() or c in "-_./:" for c in v)
        and not v.endswith(":")
        and v.lower() not in ("true", "false", "yes", "no", "on", "off", "null")
    )
    return v if plain else json.dumps(v)


def yaml(v, ind, out):
    """Append the YAML of v after a 'key:' or '-' already in out."""
    pad = "\n" + "  " * ind
    if isinstance(v, Tag):
        out.append(" !" + v.name)
        yaml(v.arg, ind, out)
    elif isinstance(v, dict):
        for k, x in v.items():
            out.append(pad + k + ":")
            yaml(x, ind + 1, out)
    elif isinstance(v, list):
        for x in v:
            out.append(pad + "-")
            yaml(x, ind + 1, out)
    elif isinstance(v, str) and "\n" in v:
        out.append(" |" + "".join(pad + line for line in v.rstrip("\n").split("\n")))
    else:
        out.append(" " + scalar(v))


def enc(rng, truth, path):
    s = rng.choices(STATES, WEIGHTS)[0]
    truth.append((path, s))
    return {
        "true_cmk_ref": {"Encrypted": True, "KmsKeyId": Tag("GetAtt", "Key.Arn")},
        "true_cmk_param": {"Encrypted": True, "KmsKeyId": Tag("Ref", "KmsKeyArn")},
        "true_default_key": {"Encrypted": True},
        "false": {"Encrypted": False},
        "unset": {},
        "param": {"Encrypted": Tag("Ref", "EncryptVolumes")},
        "conditional": {"Encrypted": Tag("If", ["IsProd", True, False])},
    }[s]


def t(name):
    return [
        {"Key": "Name", "Value": Tag("Sub", "${AWS::StackName}-" + name)},
        {"Key": "env", "Value": Tag("Ref", "Env")},
    ]


def volume(rng, n, truth):
    return "AWS::EC2::Volume", {
        "AvailabilityZone": Tag("Sub", "${AWS::Region}a"),
        "Size": rng.choice([8, 20, 100]),
        "VolumeType": "gp3",
        **enc(rng, truth, n + ":"),
        "Tags": t(n),
    }


def mappings(rng, n, truth, root):
    return [
        {
            "DeviceName": "/dev/sd" + "abc"[i],
            "Ebs": {
                "VolumeSize": 30,
                "VolumeType": "gp3",
                "DeleteOnTermination": True,
                **enc(rng, truth, "%s:%sBlockDeviceMappings[%d].Ebs" % (n, root, i)),
            },
        }
        for i in range(rng.choice([1, 1, 2, 3]))
    ]


def instance(rng, n, truth):
    return "AWS::EC2::Instance", {
        "ImageId": Tag("Ref", "Ami"),
        "InstanceType": Tag("FindInMap", ["Sizes", Tag("Ref", "Env"), "Type"]),
        "BlockDeviceMappings": mappings(rng, n, truth, ""),
        "UserData": {
            "Fn::Base64": Tag(
                "Sub",
                "#!/bin/bash -xe\nyum update -y aws-cfn-bootstrap\n/opt/aws/bin/cfn-init -v --stack ${AWS::StackName} --region ${AWS::Region}\necho ready\n",
            )
        },
        "Tags": t(n),
    }


def template(rng, n, truth):
    return "AWS::EC2::LaunchTemplate", {
        "LaunchTemplateData": {
            "ImageId": Tag("Ref", "Ami"),
            "InstanceType": "c6i.large",
            "MetadataOptions": {"HttpTokens": "required"},
            "BlockDeviceMappings": mappings(rng, n, truth, "LaunchTemplateData."),
        }
    }


def role(rng, n, truth):
    return "AWS::IAM::Role", {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        },
        "Policies": [
            {
                "PolicyName": "p",
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": ["logs:CreateLogGroup", "logs:PutLogEvents"],
                            "Resource": Tag(
                                "Sub",
                                "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:*",
                            ),
                        }
                    ],
                },
            }
        ],
    }


def group(rng, n, truth):
    return "AWS::EC2::SecurityGroup", {
        "GroupDescription": "service " + n,
        "SecurityGroupIngress": [
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.%d.0.0/16" % i}
            for i in range(rng.randint(1, 4))
        ],
        "Tags": t(n),
    }


def bucket(rng, n, truth):
    return "AWS::S3::Bucket", {
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
            ]
        },
        "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "BlockPublicPolicy": True},
        "Tags": t(n),
    }


def alarm(rng, n, truth):
    return "AWS::CloudWatch::Alarm", {
        "AlarmDescription": "CPU of " + n,
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 3,
        "MetricName": "CPUUtilization",
        "Namespace": "AWS/EC2",
        "Period": 300,
        "Statistic": "Average",
        "Threshold": rng.choice([70, 80, 90]),
    }


def function(rng, n, truth):
    return "AWS::Lambda::Function", {
        "Handler": "index.handler",
        "Runtime": "python3.12",
        "Role": Tag("Sub", "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/fn"),
        "Timeout": 30,
        "Environment": {"Variables": {"STAGE": Tag("Ref", "Env")}},
        "Code": {
            "ZipFile": "import json\ndef handler(event, context):\n    return {'statusCode': 200, 'body': json.dumps(event)}\n"
        },
    }


EBS, OTHER = (
    [volume, volume, instance, instance, template],
    [role, group, bucket, alarm, alarm, function],
)


def build(n, rng, ebs):
    """(template, truth) of n resources, one of them the key the others use when any storage is made."""
    truth, res = [], {}
    for i in range(max(1, n - 1)):
        make = rng.choice(EBS if rng.random() < ebs else OTHER)
        name = make.__name__.title() + "%03d" % i
        typ, props = make(rng, name, truth)
        res[name] = {
            "Type": typ,
            **(
                {"DeletionPolicy": "Snapshot", "UpdateReplacePolicy": "Snapshot"}
                if typ == "AWS::EC2::Volume"
                else {}
            ),
            "Properties": props,
        }
    params = {"Env": {"Type": "String", "Default": "prod", "AllowedValues": ["dev", "prod"]}}
    if truth:
        res["Key"] = {
            "Type": "AWS::KMS::Key",
            "Properties": {
                "EnableKeyRotation": True,
                "KeyPolicy": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {
                                "AWS": Tag(
                                    "Sub", "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"
                                )
                            },
                            "Action": "kms:*",
                            "Resource": "*",
                        }
                    ],
                },
            },
        }
        params.update(
            KmsKeyArn={"Type": "String"},
            EncryptVolumes={
                "Type": "String",
                "Default": "true",
                "AllowedValues": ["true", "false"],
            },
            Ami={"Type": "AWS::EC2::Image::Id"},
        )
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "generated benchmark template",
        "Parameters": params,
        "Mappings": {"Sizes": {"dev": {"Type": "t3.micro"}, "prod": {"Type": "m6i.large"}}},
        "Conditions": {"IsProd": Tag("Equals", [Tag("Ref", "Env"), "prod"])},
        "Resources": res,
    }, truth


def write(path, tpl):
    if path.endswith(".json"):
        text = json.dumps(to_json(tpl), indent=2)
    else:
        out = ["# generated; do not edit"]
        yaml(tpl, 0, out)
        text = "".join(out) + "\n"
    with open(path, "w") as f:
        f.write(text)


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("-n", type=int, default=500)
    p.add_argument("--folder", type=int, help="write this many templates into -o")
    p.add_argument(
        "--ebs",
        type=float,
        default=0.25,
        help="fraction of storage resources in a template that has any",
    )
    p.add_argument(
        "--ebs-share", type=float, default=0.3, help="folder: share of templates with any storage"
    )
    p.add_argument("--json-share", type=float, default=0.2, help="folder: share written as JSON")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--truth")
    p.add_argument("-o", required=True)
    a = p.parse_args()
    rng, rows = random.Random(a.seed), []
    if a.folder:
        for i in range(a.folder):
            n = min(
                500, max(2, int(rng.lognormvariate(2.5, 0.9)))
            )  # median 12, mean 18, some above 100
            ext = "json" if rng.random() < a.json_share else "yaml"
            rel = "team%02d/stack%05d.%s" % (i % 20, i, ext)
            os.makedirs(os.path.join(a.o, "team%02d" % (i % 20)), exist_ok=True)
            tpl, truth = build(n, rng, a.ebs if rng.random() < a.ebs_share else 0)
            write(os.path.join(a.o, rel), tpl)
            rows += [(rel, *row) for row in truth]
    else:
        tpl, truth = build(a.n, rng, a.ebs)
        write(a.o, tpl)
        rows = [(os.path.basename(a.o), *row) for row in truth]
    if a.truth:
        with open(a.truth, "w") as f:
            f.writelines("\t".join(r) + "\n" for r in rows)


if __name__ == "__main__":
    main()
