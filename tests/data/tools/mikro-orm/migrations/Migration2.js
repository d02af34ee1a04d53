import { Migration } from '@mikro-orm/migrations';

export class Migration2 extends Migration {
  isTransactional() {
    return false;
  }
  up() {
    this.addSql('drop index concurrently if exists seen_setting');
    this.addSql('create index concurrently seen_setting on seen (setting)');
  }
}
