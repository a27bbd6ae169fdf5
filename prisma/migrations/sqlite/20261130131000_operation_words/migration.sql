-- AlterTable
ALTER TABLE "Operation" ADD COLUMN "title" TEXT;
ALTER TABLE "Operation" ADD COLUMN "summary" TEXT;
