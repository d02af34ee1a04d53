from yoyo import step

__depends__ = {"1_seen"}
__transactional__ = False
steps = [step("drop index concurrently if exists seen_setting"),
         step("create index concurrently seen_setting on seen (setting)")]
