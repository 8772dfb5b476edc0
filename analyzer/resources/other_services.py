"""Storage of other services, by families of types: counted and listed, never decided.

Their volumes lie in accounts of the service, or are encrypted by the service's own rules.
"""

from __future__ import annotations

from analyzer.resources.spec import Family

__all__ = ["FAMILIES"]

_DATABASE = "a database: its service encrypts the storage by rules of its own"
_SEARCH = "a search domain: its volumes are the service's"
_CACHE = "a cache: its storage is the service's"
_WAREHOUSE = "a data warehouse: its storage is the service's"
_FILES = "a file system: its storage is the service's"
_LEARNING = "machine learning: its volumes lie in the service's account"
_BACKUP = "AWS Backup: its recovery points keep the key of what they save"
_LIGHTSAIL = "Lightsail: its disks lie in the service's account"
_BUILDS = "builds and sessions: their volumes lie in the service's account"
_GATEWAY = "a volume of a Storage Gateway: that service keeps it"

#: Ends of the names of types that belong to such a service and hold no storage.
_RULES = (
    "_acl",
    "_association",
    "_attachment",
    "_certificate",
    "_event_subscription",
    "_option_group",
    "_parameter_group",
    "_policy",
    "_proxy",
    "_role_association",
    "_security_group",
    "_subnet_group",
    "_user",
    "_user_group",
)

FAMILIES = (
    Family(
        prefix="kubernetes_storage_class",
        why="a class of storage: a cluster makes its volumes later, by its parameters",
    ),
    Family(
        prefix="aws_db_",
        why=_DATABASE,
        holds_none=(*_RULES, "_proxy_default_target_group", "_proxy_endpoint", "_proxy_target"),
    ),
    Family(
        prefix="aws_rds_", why=_DATABASE, holds_none=(*_RULES, "_integration", "_cluster_endpoint")
    ),
    Family(prefix="aws_docdb", why=_DATABASE, holds_none=_RULES),
    Family(prefix="aws_neptune", why=_DATABASE, holds_none=(*_RULES, "_cluster_endpoint")),
    Family(prefix="aws_opensearch_domain", why=_SEARCH, holds_none=(*_RULES, "_saml_options")),
    Family(prefix="aws_elasticsearch_domain", why=_SEARCH, holds_none=(*_RULES, "_saml_options")),
    Family(
        prefix="aws_msk_cluster",
        why="a Kafka cluster: its volumes are the service's",
        holds_none=_RULES,
    ),
    Family(prefix="aws_elasticache_", why=_CACHE, holds_none=_RULES),
    Family(prefix="aws_memorydb_", why=_CACHE, holds_none=_RULES),
    Family(
        prefix="aws_redshift",
        why=_WAREHOUSE,
        holds_none=(
            *_RULES,
            "_authentication_profile",
            "_cluster_iam_roles",
            "_endpoint_access",
            "_logging",
            "_partner",
            "_scheduled_action",
            "_snapshot_schedule",
            "_usage_limit",
        ),
    ),
    Family(prefix="aws_fsx_", why=_FILES, holds_none=_RULES),
    Family(
        prefix="aws_efs_",
        why=_FILES,
        holds_none=(*_RULES, "_access_point", "_mount_target", "_replication_configuration"),
    ),
    Family(
        prefix="aws_sagemaker_",
        why=_LEARNING,
        holds_none=(
            *_RULES,
            "_code_repository",
            "_endpoint",
            "_image",
            "_image_version",
            "_lifecycle_configuration",
            "_model",
            "_model_package_group",
            "_pipeline",
            "_project",
            "_servicecatalog_portfolio_status",
            "_studio_lifecycle_config",
            "_workforce",
            "_workteam",
        ),
    ),
    Family(prefix="aws_comprehend_", why=_LEARNING),
    Family(prefix="aws_appstream_fleet", why=_BUILDS, holds_none=_RULES),
    Family(prefix="aws_appstream_image_builder", why=_BUILDS),
    Family(prefix="aws_codebuild_fleet", why=_BUILDS),
    Family(prefix="aws_codebuild_project", why=_BUILDS),
    Family(prefix="aws_gamelift_fleet", why=_BUILDS),
    Family(prefix="aws_mwaa_environment", why=_BUILDS),
    Family(prefix="aws_lightsail_disk", why=_LIGHTSAIL, holds_none=_RULES),
    Family(prefix="aws_lightsail_instance", why=_LIGHTSAIL, holds_none=("_public_ports",)),
    Family(prefix="aws_storagegateway_cached_iscsi_volume", why=_GATEWAY),
    Family(prefix="aws_storagegateway_stored_iscsi_volume", why=_GATEWAY),
    Family(
        prefix="aws_backup_",
        why=_BACKUP,
        holds_none=(
            *_RULES,
            "_framework",
            "_global_settings",
            "_plan",
            "_region_settings",
            "_report_plan",
            "_selection",
            "_vault_lock_configuration",
            "_vault_notifications",
        ),
    ),
    Family(
        prefix="AWS::RDS::",
        why=_DATABASE,
        holds_none=(
            "EventSubscription",
            "OptionGroup",
            "ParameterGroup",
            "Proxy",
            "ProxyEndpoint",
            "ProxyTargetGroup",
            "SecurityGroup",
            "SecurityGroupIngress",
            "SubnetGroup",
            "Integration",
        ),
    ),
    Family(prefix="AWS::DocDB::", why=_DATABASE, holds_none=("ParameterGroup", "SubnetGroup")),
    Family(prefix="AWS::Neptune::", why=_DATABASE, holds_none=("ParameterGroup", "SubnetGroup")),
    Family(prefix="AWS::OpenSearchService::Domain", why=_SEARCH),
    Family(prefix="AWS::Elasticsearch::Domain", why=_SEARCH),
    Family(
        prefix="AWS::MSK::Cluster",
        why="a Kafka cluster: its volumes are the service's",
        holds_none=("Policy",),
    ),
    Family(
        prefix="AWS::ElastiCache::",
        why=_CACHE,
        holds_none=("ParameterGroup", "SecurityGroup", "SubnetGroup", "User", "UserGroup"),
    ),
    Family(
        prefix="AWS::MemoryDB::",
        why=_CACHE,
        holds_none=("ACL", "ParameterGroup", "SubnetGroup", "User"),
    ),
    Family(
        prefix="AWS::Redshift::Cluster",
        why=_WAREHOUSE,
        holds_none=("ParameterGroup", "SubnetGroup"),
    ),
    Family(prefix="AWS::FSx::", why=_FILES, holds_none=("Association",)),
    Family(prefix="AWS::EFS::FileSystem", why=_FILES),
    Family(prefix="AWS::SageMaker::Cluster", why=_LEARNING),
    Family(prefix="AWS::SageMaker::Domain", why=_LEARNING),
    Family(prefix="AWS::SageMaker::EndpointConfig", why=_LEARNING),
    Family(prefix="AWS::SageMaker::MonitoringSchedule", why=_LEARNING),
    Family(
        prefix="AWS::SageMaker::NotebookInstance", why=_LEARNING, holds_none=("LifecycleConfig",)
    ),
    Family(prefix="AWS::SageMaker::ProcessingJob", why=_LEARNING),
    Family(prefix="AWS::SageMaker::Space", why=_LEARNING),
    Family(prefix="AWS::Comprehend::", why=_LEARNING),
    Family(prefix="AWS::AppStream::Fleet", why=_BUILDS),
    Family(prefix="AWS::AppStream::ImageBuilder", why=_BUILDS),
    Family(prefix="AWS::CodeBuild::Fleet", why=_BUILDS),
    Family(prefix="AWS::Deadline::Fleet", why=_BUILDS),
    Family(prefix="AWS::GameLift::", why=_BUILDS),
    Family(prefix="AWS::M2::", why="a mainframe environment: its storage is the service's"),
    Family(prefix="AWS::Lightsail::Disk", why=_LIGHTSAIL),
    Family(prefix="AWS::Lightsail::Instance", why=_LIGHTSAIL),
    Family(prefix="AWS::StorageGateway::Volume", why=_GATEWAY),
    Family(prefix="AWS::Backup::BackupVault", why=_BACKUP),
)
