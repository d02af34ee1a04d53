from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("polls", "0001_seen")]
    operations = [migrations.RunSQL("drop index concurrently if exists seen_setting"),
                  migrations.RunSQL("create index concurrently seen_setting on seen (setting)")]
