import { Migration } from '@mikro-orm/migrations';

export class Migration1 extends Migration {
  up() {
    this.addSql("create table seen as select current_setting('client_connection_check_interval') as setting");
  }
}
