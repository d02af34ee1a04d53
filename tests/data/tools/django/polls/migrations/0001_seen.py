from django.db import migrations


class Migration(migrations.Migration):
    operations = [migrations.RunSQL(
        "create table seen as select current_setting('client_connection_check_interval') as setting")]
