-- AlterTable
ALTER TABLE "Backend" ADD COLUMN     "inodesOn" TEXT,
ADD COLUMN     "totalInodes" BIGINT,
ADD COLUMN     "usedInodes" BIGINT;

-- AlterTable
ALTER TABLE "CapacityPoint" ADD COLUMN     "totalInodes" BIGINT,
ADD COLUMN     "usedInodes" BIGINT;

-- AlterTable
ALTER TABLE "PoolOnHost" ADD COLUMN     "totalInodes" BIGINT,
ADD COLUMN     "usedInodes" BIGINT;
