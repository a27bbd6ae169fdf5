-- AlterTable
ALTER TABLE "Console" ADD COLUMN     "kind" TEXT NOT NULL DEFAULT 'screen';


