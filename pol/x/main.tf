
provider "aws" { 
 region = "eu-west-1" 
 allowed_account_ids = ["111122223333"]
}
data "aws_caller_identity" "current" {}
data "aws_partition" "p" {}
data "aws_region" "r" {}
resource "aws_kms_key" "data" {
  is_enabled=false
}

resource "aws_launch_template" "web" {
  image_id = "ami-0a1b2c3d4e5f60718"
  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      encrypted  = true
      kms_key_id = aws_kms_key.data.arn
    }
  }
}
resource "aws_autoscaling_group" "web" {
  min_size = 1
  max_size = 1
  launch_template { id = aws_launch_template.web.id }
}
