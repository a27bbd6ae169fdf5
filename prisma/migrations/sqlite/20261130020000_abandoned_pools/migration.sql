-- AlterTable
ALTER TABLE "Pool" ADD COLUMN "abandonedAt" DATETIME;
