-- AlterTable
ALTER TABLE "Volume" ADD COLUMN "usedBy" TEXT;
