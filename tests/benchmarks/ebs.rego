package ebs

# What somebody writes who asks a plan for encrypted disks: the argument has to say so.

import rego.v1

deny contains address if {
	some change in input.resource_changes
	change.type in {"aws_ebs_volume", "aws_ebs_snapshot_copy"}
	not change.change.after.encrypted
	address := change.address
}

deny contains device if {
	some change in input.resource_changes
	change.type == "aws_instance"
	some block in ["root_block_device", "ebs_block_device"]
	some i, disk in change.change.after[block]
	not disk.encrypted
	device := sprintf("%s %s[%d]", [change.address, block, i])
}

deny contains device if {
	some change in input.resource_changes
	change.type == "aws_launch_template"
	some i, disk in change.change.after.block_device_mappings
	not disk.ebs[0].encrypted == "true"
	device := sprintf("%s block_device_mappings[%d]", [change.address, i])
}
